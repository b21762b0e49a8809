"""The views: what each kind of reader may know of a case, one module for each section of it. Letters, pages
and the interface are made from them."""
