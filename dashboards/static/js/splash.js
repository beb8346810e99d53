// The skeleton stays until the first element of the app is painted, or for 12 seconds at most.
(() => {
  const remove = () => document.getElementById("pm-splash")?.remove();
  new MutationObserver((_, observer) => {
    if (document.querySelector('[data-testid="stMain"] [data-testid="stElementContainer"]')) {
      remove();
      observer.disconnect();
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
  setTimeout(remove, 12000);
})();
