"""Writes what aiortc offers, and what it answers to it: python aiortc_peer.py FOLDER (pip install aiortc)."""

import asyncio
import sys

from aiortc import RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack


async def main(folder):
    caller, callee = RTCPeerConnection(), RTCPeerConnection()
    caller.addTrack(AudioStreamTrack())
    caller.addTrack(VideoStreamTrack())
    caller.createDataChannel("chat")
    offer = await caller.createOffer()
    await callee.setRemoteDescription(offer)
    answer = await callee.createAnswer()
    for kind, description in (("offer", offer), ("answer", answer)):
        with open(f"{folder}/aiortc-{kind}.sdp", "w", newline="") as file:
            file.write(description.sdp)
    await caller.close()
    await callee.close()


asyncio.run(main(sys.argv[1]))
