// Streamlit speaks English only: its own words (menus, calendars, uploader, table tools) are replaced as they appear.
// Texts of the app are left alone: nothing inside Markdown, code or what a person types is touched.
(() => {
  // Streamlit formats dates and numbers by the browser's language; here it is always Costa Rica's.
  const languages = ["es-CR", "es"];
  try {
    Object.defineProperty(navigator, "language", { get: () => languages[0] });
    Object.defineProperty(navigator, "languages", { get: () => languages });
  } catch (error) { /* a browser that does not allow it keeps its own */ }

  const words = {
    "Upload": "Subir archivo",
    "Drag and drop files here": "Arrastre sus archivos aquí",
    "Drag and drop file here": "Arrastre su archivo aquí",
    "No results": "Sin resultados",
    "Choose options": "Elija opciones",
    "Choose an option": "Elija una opción",
    "Select...": "Elija…",
    "Select all": "Seleccionar todo",
    "No data": "Sin datos",
    "No content": "Sin contenido",
    "empty": "vacío",
    "Print": "Imprimir",
    "Settings": "Ajustes",
    "Theme": "Tema",
    "Light": "Claro",
    "Dark": "Oscuro",
    "System": "Sistema",
    "About": "Acerca de",
    "Get help": "Ayuda",
    "Report a bug": "Reportar un problema",
    "Rerun": "Recargar",
    "Clear cache": "Vaciar caché",
    "Record a screencast": "Grabar pantalla",
    "Download as CSV": "Descargar CSV",
    "Download as PNG": "Descargar PNG",
    "Download as WAV": "Descargar WAV",
    "Search": "Buscar",
    "Fullscreen": "Pantalla completa",
    "Close fullscreen": "Cerrar pantalla completa",
    "Show data": "Ver datos",
    "Show chart": "Ver gráfico",
    "Show/hide columns": "Columnas",
    "Add row": "Agregar fila",
    "Delete row(s)": "Eliminar filas",
    "Clear selection": "Quitar selección",
    "Sort ascending": "Orden ascendente",
    "Sort descending": "Orden descendente",
    "Pin column": "Fijar columna",
    "Unpin column": "Soltar columna",
    "Hide column": "Ocultar columna",
    "Autosize": "Ajustar ancho",
    "Format": "Formato",
    "Automatic": "Automático",
    "Localized": "Local",
    "Plain": "Simple",
    "Compact": "Compacto",
    "Dollar": "Dólar",
    "Percent": "Porcentaje",
    "Scientific": "Científico",
    "Accounting": "Contable",
    "Statistics": "Estadísticas",
    "Close": "Cerrar",
    "Cancel": "Cancelar",
    "Open": "Abrir",
    "Clear all": "Quitar todo",
    "Clear value": "Borrar valor",
    "Clear date": "Borrar fecha",
    "Clear dates": "Borrar fechas",
    "Choose date": "Elegir fecha",
    "Choose date range": "Elegir rango",
    "Date range": "Rango de fechas",
    "Previous month": "Mes anterior",
    "Next month": "Mes siguiente",
    "Quick select a date range": "Rango rápido",
    "Past Week": "Última semana",
    "Past Month": "Último mes",
    "Past 3 Months": "Últimos 3 meses",
    "Past 6 Months": "Últimos 6 meses",
    "Past Year": "Último año",
    "Past 2 Years": "Últimos 2 años",
    "Calendar": "Calendario",
    "Use arrow keys to navigate dates. Enter to select. Escape to close.": "Use las flechas para moverse, Enter para elegir y Escape para cerrar.",
    "Press Enter to apply": "Enter para aplicar",
    "Press Enter to submit form": "Enter para enviar",
    "Press Ctrl+Enter to apply": "Ctrl+Enter para aplicar",
    "Send message": "Enviar mensaje",
    "Stop script": "Detener",
    "Running...": "Procesando…",
    "Expand sidebar": "Abrir menú",
    "Collapse sidebar": "Cerrar menú",
    "Skip to main content": "Saltar al contenido",
    "Sidebar": "Barra lateral",
    "App pages": "Páginas",
    "Notifications": "Avisos",
    "Main menu": "Menú principal",
    "Navigate to home page": "Ir al inicio",
    "Copy to clipboard": "Copiar",
    "Increment": "Aumentar",
    "Decrement": "Disminuir",
    "Next page": "Página siguiente",
    "Previous page": "Página anterior",
    "Show password text": "Mostrar contraseña",
    "Hide password text": "Ocultar contraseña",
    "Connecting": "Conectando…",
    "Connection error": "Sin conexión",
    "Link to heading": "Enlace al título",
    "Browse files": "Elegir archivo",
    "Upload files": "Subir archivos",
    "Add files": "Agregar archivos",
    "File uploader": "Subir archivo",
    "Remove file": "Quitar archivo",
    "Type to search": "Escriba para buscar",
    "Reset": "Restablecer",
    "Deploy": "Publicar",
    "view more": "ver más",
    "view less": "ver menos",
    "Theme settings": "Tema",
    "Sort": "Ordenar",
    "Filter": "Filtrar",
    "Previous": "Anterior",
    "Next": "Siguiente",
    "Thumbs up": "Me sirvió",
    "Thumbs down": "No me sirvió",
    "Light theme": "Tema claro",
    "Dark theme": "Tema oscuro",
    "System theme": "Tema del sistema",
    "Use system setting": "Según el sistema",
  };
  const patterns = [
    [/^(\d+(?:\.\d+)?) ?(MB|KB|GB) per file(?: • (.+))?$/, (_, size, unit, kinds) => `Hasta ${size.replace(".", ",")} ${unit} por archivo${kinds ? " · " + kinds : ""}`],
    [/^Limit (\d+) ?(MB|GB) per file(?: • (.+))?$/, (_, size, unit, kinds) => `Hasta ${size} ${unit} por archivo${kinds ? " · " + kinds : ""}`],
    [/^Remove (.+)$/, "Quitar $1"],
    [/^View (\d+) more(?: items?)?$/, "Ver $1 más"],
    [/^Page (\d+)$/, "Página $1"],
    [/^Page (\d+) of (\d+)$/, "Página $1 de $2"],
    [/^You can only select up to (\d+) options?\.(.*)$/, "Puede elegir hasta $1 opciones."],
    [/^(.+) files are not allowed\.$/, "No se admiten archivos $1."],
    [/^File must be (.+) or smaller\.$/, "El archivo puede pesar hasta $1."],
  ];
  const translate = (text) => {
    const key = text.trim();
    if (!key || key.length > 90) return null;
    let found = Object.hasOwn(words, key) ? words[key] : null;
    for (const [pattern, replacement] of found === null ? patterns : []) {
      if (pattern.test(key)) { found = key.replace(pattern, replacement); break; }
    }
    return found === null ? null : text.replace(key, () => found);
  };

  const OURS = '[data-testid="stMarkdownContainer"],[data-testid="stHtml"],[data-testid="stText"],textarea,code,pre';
  const ATTRIBUTES = ["aria-label", "placeholder", "title"];
  const onText = (node) => {
    const parent = node.parentElement;
    if (!parent || (parent.closest(OURS) && !parent.closest('[data-testid="stFileUploaderDropzone"]'))) return;
    const translated = translate(node.nodeValue);
    if (translated !== null && translated !== node.nodeValue) node.nodeValue = translated;
  };
  const onAttributes = (element) => {
    for (const name of ATTRIBUTES) {
      const value = element.getAttribute?.(name);
      const translated = value ? translate(value) : null;
      if (translated !== null && translated !== value) element.setAttribute(name, translated);
    }
  };
  const onNode = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return onText(node);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    onAttributes(node);
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    while (walker.nextNode()) {
      walker.currentNode.nodeType === Node.TEXT_NODE ? onText(walker.currentNode) : onAttributes(walker.currentNode);
    }
  };
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList") change.addedNodes.forEach(onNode);
      else if (change.type === "characterData") onText(change.target);
      else onAttributes(change.target);
    }
  }).observe(document.documentElement, {
    childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES,
  });
})();
