"""The views: what each reader may know of a case, by section. Letters, pages and the interface render
them."""
