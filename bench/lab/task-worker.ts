/** The process behind {@link runTasks}: plays what it is sent, one after the other. */

import { runTask } from './worlds.ts'
import type { PlayTask } from './worlds.ts'

process.on('message', (task: PlayTask) => {
  void runTask(task).then((result) => process.send!(result))
})
