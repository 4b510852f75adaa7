/* Acts of a process that has been taken over, each tried in a child of its own. */
#ifndef CTRIALS_H
#define CTRIALS_H
#include <stdbool.h>
#include <stddef.h>

/* How many acts there are, and what each is called. */
size_t conclave_trial_count(void);
const char *conclave_trial_name(size_t trial);

/* Whether any process can do it that is not confined, on every system. */
bool conclave_trial_is_common(size_t trial);

/* Whether a confined process is killed for it rather than refused. */
bool conclave_trial_is_deadly(size_t trial);

/* Tries it: 0 when it was done, the errno of the kernel when not, the signal below 0 when it ended the child.
   `directory` is the child's to make a mess of. 1000 when the child could not be prepared. */
int conclave_trial(size_t trial, bool confined, const char *directory);

/* Makes, confined, every call of the kernel that is not expected to be allowed, with zeros: the number of the first that is not
   refused, -1 when all are, -2 when the child could not be prepared. */
int conclave_trial_of_all_calls(void);

/* PR_GET_DUMPABLE and the limit of core files of a child that hid itself: 0 when both are 0. */
int conclave_trial_of_hiding(void);
#endif
