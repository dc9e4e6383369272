// Writes what a browser offers and answers into files: node browsers.mjs chromium|firefox PROGRAM FOLDER
// Needs puppeteer-core (npm i puppeteer-core).
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
const puppeteer = createRequire(process.cwd() + "/")("puppeteer-core");

const [name, executablePath, folder] = process.argv.slice(2);
const firefox = name === "firefox";
const browser = await puppeteer.launch({
  browser: firefox ? "firefox" : "chrome",
  executablePath,
  headless: true,
  args: firefox ? [] : ["--no-sandbox"],
});
// A secure context: some calls exist nowhere else.
const server = createServer((_, answer) => answer.end("<!doctype html>")).listen(0, "127.0.0.1");
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);

const made = await page.evaluate(async () => {
  const out = {};
  const offer = async (key, prepare) => {
    const peer = new RTCPeerConnection();
    prepare(peer);
    // Set at once: another offer of the same peer may name its sections otherwise.
    await peer.setLocalDescription(await peer.createOffer());
    out[key] = peer.pendingLocalDescription.sdp;
    return peer;
  };
  const call = (peer) => {
    peer.addTransceiver("audio");
    peer.addTransceiver("video");
    peer.createDataChannel("chat");
  };
  const first = await offer("offer", call);
  await offer("offer-recvonly", (peer) => {
    peer.addTransceiver("audio", { direction: "recvonly" });
    peer.addTransceiver("video", { direction: "recvonly" });
  });
  await offer("offer-simulcast", (peer) =>
    peer.addTransceiver("video", {
      direction: "sendonly",
      sendEncodings: [
        { rid: "q", scaleResolutionDownBy: 4 },
        { rid: "h", scaleResolutionDownBy: 2 },
        { rid: "f" },
      ],
    }),
  );
  const second = new RTCPeerConnection();
  await second.setRemoteDescription({ type: "offer", sdp: out.offer });
  const answer = await second.createAnswer();
  out.answer = answer.sdp;
  await second.setLocalDescription(answer);
  await first.setRemoteDescription(answer);
  first.addTransceiver("video", { direction: "sendonly" });
  out.reoffer = (await first.createOffer()).sdp;
  return out;
});
for (const [key, sdp] of Object.entries(made)) writeFileSync(`${folder}/${name}-${key}.sdp`, sdp);
await browser.close();
server.close();
