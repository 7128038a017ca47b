// Keeps what is marked data-live fresh; not while somebody reads with a cursor in it, types or looks elsewhere.
setInterval(async () => {
  const old = document.querySelector("[data-live]");
  if (!old || document.hidden || old.contains(document.activeElement) || String(getSelection())) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
  if (fresh && !old.contains(document.activeElement)) old.replaceWith(fresh);
}, 10000);
