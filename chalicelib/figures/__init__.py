"""The figures. Every night the complaints that moved on a day are exported as rows of codes and dates. DuckDB
reads the rows, and every internal figure is one SQL statement over them. The rows hold no words and no
officer, and the only names are those of companies that the policy lists."""
