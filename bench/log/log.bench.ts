/** Lets `npm run bench` find the benchmark of the log; what it measures is in README.md. */

import '../log.ts'
