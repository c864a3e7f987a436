"""Who may do what: every route is asked by everybody, about what is theirs, what is others', and what is missing."""
