"""The routes: the authorisation of each request, and the code that answers it. Each route is as thin as can
be."""
