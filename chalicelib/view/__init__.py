"""The views. A view is what one kind of reader may know of one section of a case. Each module has the views
of one section. Letters, pages and the interface are made from views."""
