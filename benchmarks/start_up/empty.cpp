// A process that does nothing and is linked to nothing of Etch.
int main() {}
