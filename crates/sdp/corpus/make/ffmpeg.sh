#!/usr/bin/env bash
# Writes what ffmpeg says of streams of its own: ffmpeg.sh FOLDER
set -euo pipefail
folder=$1
sound=(-f lavfi -i "sine=frequency=440:duration=0.2")
picture=(-f lavfi -i "testsrc=size=320x240:rate=25:duration=0.2,format=yuv420p")
rtp() { # NAME, then the options of one or more outputs
    local name=$1
    shift
    ffmpeg -nostdin -hide_banner -loglevel error -y "$@" -sdp_file "$folder/ffmpeg-$name.sdp"
}
to() { echo "rtp://127.0.0.1:$1"; }

rtp h264-opus "${picture[@]}" "${sound[@]}" -map 0:v -c:v libx264 -profile:v baseline -g 25 -f rtp "$(to 5006)" \
    -map 1:a -c:a libopus -ac 1 -f rtp "$(to 5004)"
rtp h264-mode-0 "${picture[@]}" -c:v libx264 -x264-params slice-max-size=1000 -f rtp -rtpflags h264_mode0 "$(to 5006)"
rtp vp8 "${picture[@]}" -c:v libvpx -f rtp "$(to 5006)"
rtp vp9 "${picture[@]}" -c:v libvpx-vp9 -strict experimental -f rtp "$(to 5006)"
rtp pcmu "${sound[@]}" -c:a pcm_mulaw -ar 8000 -f rtp "$(to 5004)"
rtp pcma "${sound[@]}" -c:a pcm_alaw -ar 8000 -f rtp "$(to 5004)"
rtp g722 "${sound[@]}" -c:a g722 -ar 16000 -f rtp "$(to 5004)"
rtp l16 "${sound[@]}" -c:a pcm_s16be -ar 44100 -ac 2 -f rtp "$(to 5004)"
rtp opus-srtp "${sound[@]}" -c:a libopus -f rtp -srtp_out_suite AES_CM_128_HMAC_SHA1_80 \
    -srtp_out_params bW9pbW1vaW1tb2ltbW9pbW1vaW1tb2ltbW9pbTEy "srtp://127.0.0.1:5004"
