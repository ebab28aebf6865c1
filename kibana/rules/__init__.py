"""The rules that saved objects are checked by, one file for each type of object."""
