// Pressing a plot plays what was heard from there; a line in the plots follows the sound.
for (const party of document.querySelectorAll(".party")) {
  const sound = party.querySelector("audio.heard");
  const frames = [...party.querySelectorAll(".frame")];
  const follow = () => {
    if (!sound.duration) return;
    party.style.setProperty("--played", sound.currentTime / sound.duration);
    if (!sound.paused) requestAnimationFrame(follow);
  };
  for (const frame of frames) {
    frame.addEventListener("click", (press) => {
      const box = frame.querySelector("svg").getBoundingClientRect();
      const part = Math.min(Math.max((press.clientX - box.left) / box.width, 0), 1);
      if (!sound.duration) return;
      sound.currentTime = part * sound.duration;
      sound.play();
    });
  }
  for (const change of ["play", "seeked", "loadedmetadata"]) sound.addEventListener(change, follow);
  sound.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio")) if (other !== sound) other.pause();
    party.classList.add("playing");
  });
}
