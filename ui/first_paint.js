// The frame follows what Streamlit remembers in this browser: the theme, and the sidebar's state and width.
(() => {
  const root = document.documentElement;
  const remembered = (key) => { try { return localStorage.getItem(key); } catch { return null; } }; // may be forbidden
  const theme = remembered(`stActiveTheme-${location.pathname}-v2`);
  const width = remembered("sidebarWidth");
  const folded = remembered("stSidebarCollapsed-") ?? String(innerWidth <= 768);
  root.style.setProperty("--frame-scheme", { '"Light"': "light", '"Dark"': "dark" }[theme] ?? "light dark");
  if (width) root.style.setProperty("--frame-sidebar-width", `${width}px`);
  root.classList.toggle("frame-folded", folded === "true");
})();
