// A family that adds a command its list does not name would leave that command unknown.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { addFamilies, FAMILIES } from '../src/command-families.ts'
import { createProcessIo } from '../src/process-io.ts'

const io = createProcessIo()

function namesOf(program: Command): readonly string[] {
  return program.commands.map((command) => command.name())
}

for (const { names } of FAMILIES) {
  test(`a program that is asked for ${names.join(', ')} has just these`, async () => {
    for (const name of names) {
      const program = new Command()
      await addFamilies(program, io, undefined, name)
      assert.deepEqual(namesOf(program), names)
    }
  })
}

test('a program that is asked for anything else has the commands of all families, each once', async () => {
  for (const word of [undefined, '', 'help', '--help', 'lgo', 'toString']) {
    const program = new Command()
    await addFamilies(program, io, undefined, word)
    const names = namesOf(program)
    assert.deepEqual(
      names,
      FAMILIES.flatMap((family) => family.names),
    )
    assert.equal(new Set(names).size, names.length)
  }
})
