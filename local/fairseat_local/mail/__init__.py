"""The mail catcher: takes every mail by SMTP, keeps it as a file, and shows it; nothing leaves the machine."""
