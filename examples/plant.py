#!/usr/bin/env python3
"""Plants a bug: copies a C++ class under a new name, with some text replaced.

    plant.py --class NAME --as NEW_NAME [--replace OLD NEW]... IN=OUT...

Fails unless every OLD occurs exactly once, so that a bug does not vanish when the code changes.
"""

import argparse
import re
import sys


def snake(name: str) -> str:
    return re.sub(r'(?<!^)(?=[A-Z])', '_', name).lower()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument('--class', dest='old_class', required=True)
    parser.add_argument('--as', dest='new_class', required=True)
    parser.add_argument('--replace', nargs=2, action='append', default=[])
    parser.add_argument('files', nargs='+')
    options = parser.parse_args()
    texts = {}
    for pair in options.files:
        source, target = pair.split('=')
        with open(source, encoding='utf-8') as file:
            texts[target] = file.read()
    for old, new in options.replace:
        if sum(text.count(old) for text in texts.values()) != 1:
            print(f'plant.py: not exactly once in {options.old_class}: {old}', file=sys.stderr)
            return 1
        texts = {target: text.replace(old, new) for target, text in texts.items()}
    for target, text in texts.items():
        text = text.replace(f'/{snake(options.old_class)}.h"', f'/{snake(options.new_class)}.h"')
        text = text.replace(f'_{snake(options.old_class).upper()}_H_', f'_{snake(options.new_class).upper()}_H_')
        with open(target, 'w', encoding='utf-8') as file:
            file.write(text.replace(options.old_class, options.new_class))
    return 0


if __name__ == '__main__':
    sys.exit(main())
