/** Limits of file names and paths. */

/** One name, in UTF-8. */
export const FILE_NAME_BYTES_MAX = 255
/** Names in a path. */
export const FILE_PATH_DEPTH_MAX = 32
/** A path, in UTF-8, with its slashes. */
export const FILE_PATH_BYTES_MAX = 4096
