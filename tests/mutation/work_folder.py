"""Where the objects and the scratch copies of a checkout are, outside of it.

One folder for each checkout, locked while somebody works in it. A checkout that has none yet begins with the objects
of the one that was used last: each is compared with the new sources before it is used (build.py), and most are
the same.
"""

import fcntl
import hashlib
import os
import shutil
from typing import IO, Optional

LOCK = 'lock'
OBJECTS = 'objects'


class BusyError(Exception):
    """Somebody else is at work in the folder; the text names it."""


def _lock(folder: str) -> Optional[IO]:
    """The folder's lock, held until it is closed; None if somebody else has it."""
    file = open(os.path.join(folder, LOCK), 'w', encoding='utf-8')
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


class WorkFolder:
    """The folder of the checkout `root` below `parent`. BusyError if another run has it."""

    def __init__(self, parent: str, root: str):
        self.path = os.path.join(parent, hashlib.sha256(root.encode()).hexdigest()[:16])
        self.objects = os.path.join(self.path, OBJECTS)
        os.makedirs(self.path, exist_ok=True)
        self._held = _lock(self.path)
        if self._held is None:
            raise BusyError(f'another run is at work in {self.path}: wait for its end')
        if not os.path.exists(self.objects):
            self._take_over(parent)

    def close(self) -> None:
        """Lets others work there. So does the end of the process."""
        self._held.close()

    def _take_over(self, parent: str) -> None:
        others = [os.path.join(parent, name) for name in os.listdir(parent)]
        others = [folder for folder in others if os.path.exists(os.path.join(folder, OBJECTS))]
        for folder in sorted(others, key=os.path.getmtime, reverse=True):
            held = _lock(folder)
            if held is None:
                continue
            with held:
                # Under another name until it is whole.
                shutil.rmtree(self.objects + '.new', ignore_errors=True)
                shutil.copytree(os.path.join(folder, OBJECTS), self.objects + '.new')
                os.rename(self.objects + '.new', self.objects)
            return
