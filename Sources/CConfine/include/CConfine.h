/* What a process takes away from itself: calls of the kernel that Swift cannot make, because they take a varying number of
   arguments. */
#ifndef CCONFINE_H
#define CCONFINE_H

/* Leaves the process nothing but to compute, to read and write on its standard descriptors, and to end; for good, and for all
   its threads. Whatever has to be opened or loaded must be so before. Safe after fork. 0 when all of it was taken; otherwise
   -1 and errno, and the process must not go on. */
int conclave_confine(void);

/* Keeps other processes of the same user out of the memory of this one, and the memory out of core files. 0, or -1 and errno. */
int conclave_hide(void);

#endif
