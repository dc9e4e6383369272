"""Writes what GStreamer's webrtcbin offers and its RTSP server describes: python3 gstreamer_peer.py FOLDER

Needs python3-gi, gir1.2-gst-plugins-bad-1.0, gir1.2-gst-rtsp-server-1.0, gstreamer1.0-nice and the plugins of .ci/run.
"""

import socket
import sys
import threading

import gi

for module in ("Gst", "GstSdp", "GstWebRTC", "GstRtspServer"):
    gi.require_version(module, "1.0")
from gi.repository import GLib, Gst, GstRtspServer, GstSdp, GstWebRTC  # noqa: E402,F401

STREAMS = {
    "offer": "audiotestsrc ! opusenc ! rtpopuspay pt=97 ! "
    "application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,payload=97 ! w. "
    "videotestsrc ! video/x-raw,width=320,height=240 ! vp8enc deadline=1 ! rtpvp8pay pt=96 ! "
    "application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000,payload=96 ! w.",
    "offer-h264": "videotestsrc ! x264enc tune=zerolatency ! video/x-h264,profile=constrained-baseline ! rtph264pay pt=102 ! "
    "application/x-rtp,media=video,encoding-name=H264,clock-rate=90000,payload=102 ! w.",
}
SERVED = {
    "rtsp-g7xx": "audiotestsrc ! mulawenc ! rtppcmupay name=pay0 audiotestsrc ! alawenc ! rtppcmapay name=pay1 "
    "audiotestsrc ! audio/x-raw,rate=16000,channels=1 ! avenc_g722 ! rtpg722pay name=pay2",
    "rtsp-h264-opus": "videotestsrc ! x264enc tune=zerolatency ! rtph264pay name=pay0 pt=96 "
    "audiotestsrc ! opusenc ! rtpopuspay name=pay1 pt=97",
    "rtsp-vp9": "videotestsrc ! vp9enc deadline=1 ! rtpvp9pay name=pay0 pt=98",
}


def offered(pipeline):
    pipe = Gst.parse_launch("webrtcbin name=w bundle-policy=max-bundle " + pipeline)
    webrtc = pipe.get_by_name("w")
    made = threading.Event()
    texts = []

    def read(promise, _):
        reply = promise.get_reply()  # owns the offer
        texts.append(reply.get_value("offer").sdp.as_text())
        made.set()

    def needed(_):
        webrtc.emit("create-offer", None, Gst.Promise.new_with_change_func(read, None))

    webrtc.connect("on-negotiation-needed", needed)
    pipe.set_state(Gst.State.PLAYING)
    assert made.wait(20), "no offer"
    pipe.set_state(Gst.State.NULL)
    return texts[-1]


def described(streams):
    server = GstRtspServer.RTSPServer.new()
    server.set_service("0")
    server.set_address("127.0.0.1")
    for name, pipeline in streams.items():
        factory = GstRtspServer.RTSPMediaFactory.new()
        factory.set_launch(f"( {pipeline} )")
        server.get_mount_points().add_factory(f"/{name}", factory)
    server.attach(None)
    loop = GLib.MainLoop()
    threading.Thread(target=loop.run, daemon=True).start()
    for name in streams:
        with socket.create_connection(("127.0.0.1", server.get_bound_port())) as connection:
            url = f"rtsp://127.0.0.1/{name}"
            connection.sendall(f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n".encode())
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(4096)
            head, body = answer.split(b"\r\n\r\n", 1)
            length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
            while len(body) < length:
                body += connection.recv(4096)
            yield name, body.decode()
    loop.quit()


Gst.init(None)
for name, pipeline in STREAMS.items():
    with open(f"{sys.argv[1]}/gstreamer-{name}.sdp", "w", newline="") as file:
        file.write(offered(pipeline))
for name, text in described(SERVED):
    with open(f"{sys.argv[1]}/gstreamer-{name}.sdp", "w", newline="") as file:
        file.write(text)
