// Shows the button that prints a page, or stores it as a PDF where the browser's printing can; without script
// its menu does.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
