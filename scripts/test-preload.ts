/**
 * Loaded before a test file: keeps node:test from following every promise.
 *
 * The idea: node:test sets a hook of `async_hooks` that is told of each promise and timer made and collected, to know which
 * test an error belongs to that nobody caught. Of files that wait for many promises this took a quarter of the processor time.
 * It is made here but never enabled. Errors that a test throws, or a promise that it waits for, are its own as before.
 *
 * Invariant: an error that nobody catches still fails the file, and is in its output (`run-tests.ts`); only which test was
 * running is not told.
 */

import asyncHooks from 'node:async_hooks'

const { createHook } = asyncHooks

asyncHooks.createHook = (callbacks) => {
  const hook = createHook(callbacks)
  const isOfTests = new Error('who asks').stack?.includes('node:internal/test_runner') === true
  if (isOfTests) hook.enable = () => hook
  return hook
}
