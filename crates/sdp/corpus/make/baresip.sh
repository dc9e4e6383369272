#!/usr/bin/env bash
# Writes what baresip offers when it calls: baresip.sh FOLDER
set -euo pipefail
folder=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
address=$(hostname -I | awk '{print $1}') # it does not bind to the loopback device
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
offer() { # NAME, account options, further modules
    cat >"$home/config" <<CONFIG
module_path $(dirname "$(find /usr/lib -name 'opus.so' -path '*baresip*' | head -1)")
audio_player aufile,$home/out.wav
audio_source ausine,440
module stdio.so
module ausine.so
module aufile.so
module opus.so
module g711.so
module g722.so
$3
module_app account.so
module_app menu.so
CONFIG
    echo "<sip:moim@$address>;regint=0$2" >"$home/accounts"
    timeout 60 baresip -f "$home" -e "/dial sip:them@$address:5099" </dev/null >"$home/log" 2>&1 &
    local caller=$!
    python3 "$here/sip_listener.py" "$address" 5099 "$folder/baresip-$1.sdp"
    kill "$caller" && wait "$caller" || true
}
offer sound "" ""
offer picture ";video_codecs=h264" $'module avcodec.so\nmodule fakevideo.so\nvideo_source fakevideo,nil'
offer srtp ";mediaenc=srtp" "module srtp.so"
