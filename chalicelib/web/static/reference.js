// Sets the document of the interface on the page of the reference. It is there to be read, and sends nothing.
const place = document.getElementById("reference");
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  filter: true,
  supportedSubmitMethods: [],
  validatorUrl: null,
});
