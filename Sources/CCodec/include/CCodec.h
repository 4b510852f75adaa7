/* The key entry points of the encrypted SQLite builds. Debian's sqlite3.h does not declare them, and because they are
   named here a build without an encrypted SQLite library fails at link time instead of writing plain files. */
#ifndef CCODEC_H
#define CCODEC_H
struct sqlite3;
int sqlite3_key_v2(struct sqlite3 *db, const char *schema, const void *key, int length);
int sqlite3_rekey_v2(struct sqlite3 *db, const char *schema, const void *key, int length);
#endif
