"""A mail server that takes everything and keeps nothing. It prints its port."""

from __future__ import annotations

import socketserver
import threading


class Taker(socketserver.StreamRequestHandler):
    """Just enough SMTP for one sender at a time.

    Answers leave at once: the kernel would keep a second small packet back for up to 40 ms, and that would be measured.
    """

    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while (text := self.rfile.readline()) not in (b".\r\n", b""):
                    del text
                self.wfile.write(b"250 taken\r\n")
            elif command == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


def main() -> None:
    with Server(("127.0.0.1", 0), Taker) as server:
        print(server.server_address[1], flush=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        thread.join()


if __name__ == "__main__":
    main()
