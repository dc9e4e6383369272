"""Writes the description in the first SIP INVITE that arrives: python3 sip_listener.py ADDRESS PORT FILE"""

import socket
import sys

address, port, path = sys.argv[1:]
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
    listener.bind((address, int(port)))
    listener.settimeout(60)
    while True:
        message = listener.recv(65_536)
        head, _, body = message.partition(b"\r\n\r\n")
        if head.startswith(b"INVITE"):
            break
with open(path, "wb") as file:
    # The address of the machine is nobody's business; 192.0.2.1 is for documentation (RFC 5737).
    file.write(body.replace(address.encode(), b"192.0.2.1"))
