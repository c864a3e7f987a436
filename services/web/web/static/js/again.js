// A page that waits for a word from elsewhere looks again after a few seconds.
const wait = document.querySelector("[data-again-s]");
if (wait) setTimeout(() => location.reload(), Number(wait.dataset.againS) * 1000);
