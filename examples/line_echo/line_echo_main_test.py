#!/usr/bin/env python3
"""The built server among real clients on loopback: lines, limits, resets, many at once, an orderly end."""

import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import unittest

PROGRAM = sys.argv.pop(1)
SECONDS = 20


class LineEchoMainTest(unittest.TestCase):

    def setUp(self):
        self.server = subprocess.Popen([PROGRAM, '0'], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.server.stdout.close)
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.kill)
        ready, _, _ = select.select([self.server.stdout], [], [], SECONDS)
        self.assertTrue(ready, 'it does not say where it listens')
        self.port = int(self.server.stdout.readline().rsplit(':', 1)[1])

    def connect(self):
        client = socket.create_connection(('127.0.0.1', self.port), timeout=SECONDS)
        self.addCleanup(client.close)
        return client

    def read_to_end(self, client):
        parts = []
        while part := client.recv(65536):
            parts.append(part)
        return b''.join(parts)

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(SECONDS), 0)
        return self.server.stdout.read()

    def open_descriptors(self):
        return len(os.listdir(f'/proc/{self.server.pid}/fd'))

    def test_sends_lines_back_and_not_the_rest(self):
        client = self.connect()
        client.sendall(b'one\ntwo, in ')
        self.assertEqual(client.recv(100), b'one\n')
        client.sendall(b'pieces\n\nrest')
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(self.read_to_end(client), b'two, in pieces\n\n')
        self.assertEqual(self.stop(), 'served 1 connections\n')

    def test_answers_a_line_that_is_too_long(self):
        client = self.connect()
        client.sendall(b'x' * 5000)
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(self.read_to_end(client), b'! the line is too long\n')

    def test_serves_many_and_survives_those_who_reset(self):
        before = self.open_descriptors()
        for round_number in range(3):
            clients = [self.connect() for _ in range(50)]
            for i, client in enumerate(clients):
                client.sendall(b'%d\n' % i)
                if i % 3 == 0:  # Closes with a reset, whatever is under way.
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                    client.close()
            for i, client in enumerate(clients):
                if i % 3 == 0:
                    continue
                client.shutdown(socket.SHUT_WR)
                self.assertEqual(self.read_to_end(client), b'%d\n' % i, round_number)
                client.close()
        last = self.connect()  # Those before it were accepted before it was.
        last.sendall(b'last\n')
        self.assertEqual(last.recv(100), b'last\n')
        deadline = time.monotonic() + SECONDS  # Resets may still be on their way.
        while self.open_descriptors() > before + 1 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.open_descriptors(), before + 1, 'descriptors leak')

    def test_stops_under_its_clients(self):
        clients = [self.connect() for _ in range(10)]
        for client in clients:
            client.sendall(b'hello\n')
            self.assertEqual(client.recv(100), b'hello\n')
        self.assertEqual(self.stop(), 'served 10 connections\n')
        for client in clients:
            self.assertEqual(self.read_to_end(client), b'')


if __name__ == '__main__':
    unittest.main()
