/** The side of a contestant that runs in a process of its own: answers what `contest.ts` asks by messages. */

export interface ContestWork<Seed> {
  /** Serves the file; resolves with what a loader has to know. */
  seed(file: string): Promise<Seed>
  /** Resolves when the file is whole at `to`. */
  load(from: readonly Seed[], to: string): Promise<void>
  /** Of a program behind this process; by default it is the process itself that works. */
  usage?(): ContestUsage
}

export interface ContestUsage {
  readonly processorMs: number
  readonly peakBytes: number
}

interface Question<Seed> {
  readonly name: 'seed' | 'load' | 'usage'
  readonly input: { readonly file: string; readonly from: readonly Seed[]; readonly to: string }
}

export function serveContest<Seed>(work: ContestWork<Seed>): void {
  process.on('message', (question: Question<Seed>) => {
    answer(work, question).then(
      (value) => process.send!({ value }),
      (error: unknown) =>
        process.send!({ error: error instanceof Error ? error.stack : String(error) }),
    )
  })
  process.on('disconnect', () => process.exit())
}

async function answer<Seed>(
  work: ContestWork<Seed>,
  { name, input }: Question<Seed>,
): Promise<unknown> {
  if (name === 'seed') return work.seed(input.file)
  if (name === 'load') return (await work.load(input.from, input.to)) ?? {}
  return work.usage?.() ?? ownUsage()
}

function ownUsage(): ContestUsage {
  const { user, system } = process.cpuUsage()
  return { processorMs: (user + system) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024 }
}
