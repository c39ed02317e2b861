#include <libpq-fe.h>

// Swift does not import character macros.
static const int pgsteer_diag_sqlstate = PG_DIAG_SQLSTATE;
static const int pgsteer_diag_message = PG_DIAG_MESSAGE_PRIMARY;
static const int pgsteer_diag_detail = PG_DIAG_MESSAGE_DETAIL;
static const int pgsteer_diag_hint = PG_DIAG_MESSAGE_HINT;
