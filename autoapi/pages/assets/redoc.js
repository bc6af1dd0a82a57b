// Shows the document beside these assets, wherever the service is mounted.
"use strict";

const address = new URL("../../openapi.json", document.currentScript.src).href;

const SYSTEM = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

window.addEventListener("load", () => {
  const options = {
    disableSearch: true, // the search wants a worker made from a blob
    hideDownloadButton: false,
    jsonSampleExpandLevel: 2,
    requiredPropsFirst: true,
    theme: { typography: { fontFamily: SYSTEM, headings: { fontFamily: SYSTEM } } },
  };
  Redoc.init(address, options, document.getElementById("page"));
});
