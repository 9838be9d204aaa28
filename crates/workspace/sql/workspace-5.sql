-- The price list that an admin brought. Its hash stands in a signed document.
CREATE TABLE price_list (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    text TEXT NOT NULL
) STRICT;
