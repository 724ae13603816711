// The deployment check: clean on a small sound tree, and each planted mistake is found by name.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { checkDeploy } from '../../scripts/check-deploy.ts'
import { fillIn } from '../../scripts/deploy/compose.ts'
import { defaultCommand, splitInstructions } from '../../scripts/deploy/dockerfile.ts'
import { CLONE } from '../../scripts/deploy/unit-file.ts'
import { plantTree } from './_tree.ts'

const DOCKERFILE = `FROM node:24.21.0-slim AS build
WORKDIR /app
COPY . .
RUN npm ci \\
  # a comment between
  && node apps/web/build.ts
FROM build
COPY --from=build /app ./
COPY deploy ./deploy
USER node
CMD ["node", "apps/a.ts"]
`
const COMPOSE = `name: a
x-a: &a
  image: a:0.1.0
  build: { context: .., dockerfile: deploy/Dockerfile }
  restart: unless-stopped
  read_only: true
  cap_drop: [ALL]
  security_opt: ['no-new-privileges:true']
  mem_limit: 1g
services:
  a:
    <<: *a
    command: [node, apps/a.ts, '8080']
    ports: ['\${A_PORT:-8080}:8080']
    volumes: ['kept:/data']
    networks: [n]
    healthcheck: { test: [CMD, node, deploy/ok.mjs] }
  b:
    <<: *a
    command: [node, apps/a.ts]
    networks: [n]
    depends_on: { a: { condition: service_healthy } }
    healthcheck: { test: [CMD, node, deploy/ok.mjs] }
networks: { n: {} }
volumes: { kept: {} }
`
const UNIT = `[Unit]
Description=A
[Service]
Type=exec
DynamicUser=yes
StateDirectory=a
StateDirectoryMode=0700
WorkingDirectory=/opt/hamlet
ExecStart=/opt/hamlet/node_modules/node/bin/node apps/a.ts
Restart=on-failure
TimeoutStopSec=30
MemoryMax=1G
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
SystemCallFilter=@system-service
[Install]
WantedBy=multi-user.target
`
const SOUND: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'a', devDependencies: { node: '24.21.0' } }),
  'apps/a.ts': '',
  'apps/web/build.ts': '',
  'deploy/ok.mjs': '',
  'deploy/.env.example': 'A_PORT=8080\n',
  'deploy/Dockerfile': DOCKERFILE,
  'deploy/Dockerfile.dockerignore': '*\n!apps\n!deploy\n**/test\n',
  'deploy/compose.yaml': COMPOSE,
  'deploy/systemd/a.service': UNIT,
}

/** The findings of the sound tree after one text in one of its files was replaced. */
function findingsAfter(t: TestContext, file: string, from: string, to: string): readonly string[] {
  const text = SOUND[file] ?? ''
  assert.ok(text.includes(from), `${from} in ${file}`)
  const root = plantTree(t, { ...SOUND, [file]: text.replace(from, to) })
  return checkDeploy(root).map(({ message }) => message)
}

test('finds nothing in sound files', (t) => {
  assert.deepEqual(checkDeploy(plantTree(t, SOUND)), [])
})

const DOCKERFILE_MISTAKES: readonly (readonly [from: string, to: string, message: string])[] = [
  ['node:24.21.0-slim', 'node:latest', 'node:latest: name an exact version or an earlier stage'],
  ['node:24.21.0-slim', 'node:22.1.0-slim', 'node:22.1.0-slim: the tests run on Node 24.21.0'],
  ['FROM build', 'FROM built', 'built: name an exact version or an earlier stage'],
  ['--from=build', '--from=other', 'there is no stage other before this one'],
  ['USER node', 'USER root', 'the image runs as root'],
  ['USER node\n', '', 'the image runs as root'],
  [
    '["node", "apps/a.ts"]',
    'node apps/a.ts',
    'write CMD as a list: in a shell the process would not get its signals',
  ],
  ['CMD ["node", "apps/a.ts"]\n', '', 'the image has no command'],
  ['COPY deploy', 'COPY docs', 'there is no docs'],
  ['COPY deploy', 'COPY package.json', 'package.json is left out by the ignore file'],
  ['apps/web/build.ts', 'apps/web/make.ts', 'there is no apps/web/make.ts'],
  ['WORKDIR /app', 'WORKDIR app', 'WORKDIR is absolute'],
  ['WORKDIR /app', 'ADD x /app', 'ADD is not an instruction that is used here'],
  [
    'WORKDIR /app',
    'ENV DB_PASSWORD=x',
    'a secret stays in every layer of the image: give it at run time',
  ],
]

for (const [from, to, message] of DOCKERFILE_MISTAKES) {
  test(`finds in a Dockerfile: ${message}, for ${JSON.stringify(to)}`, (t) => {
    assert.deepEqual(findingsAfter(t, 'deploy/Dockerfile', from, to), [message])
  })
}

const COMPOSE_MISTAKES: readonly (readonly [from: string, to: string, message: string])[] = [
  ["['kept:/data']", "['keptt:/data']", 'a: there is no keptt'],
  ["['kept:/data']", "['kept:/data', './b:/b:ro']", 'a: there is no deploy/b'],
  ['networks: [n]', 'networks: [m]', 'a: there is no m'],
  [
    '{ a: { condition: service_healthy } }',
    '{ c: { condition: service_healthy } }',
    'b: there is no c',
  ],
  [
    '{ condition: service_healthy }',
    '{ condition: service_started }',
    'b: waits for a, but not for it to be ready',
  ],
  [
    '{ condition: service_healthy }',
    '{ condition: service_completed_successfully }',
    'b: a does not end: another condition',
  ],
  ['a:0.1.0', 'a:latest', 'a: image: name an exact version'],
  ['dockerfile: deploy/Dockerfile', 'dockerfile: Dockerfile', 'a: there is no Dockerfile'],
  ["apps/a.ts, '8080'", "apps/b.ts, '8080'", 'a: there is no apps/b.ts'],
  [", '8080']", ']', 'a: nothing listens to 8080'],
  [":8080']", ":80800']", 'a: ${A_PORT:-8080}:80800 is no port'],
  ['deploy/ok.mjs] }\n  b', 'deploy/no.mjs] }\n  b', 'a: there is no deploy/no.mjs'],
  ['[CMD, node, deploy/ok.mjs] }\n  b', '[CMD-SHELL, x] }\n  b', 'a: no health check in exec form'],
  ['volumes: { kept: {} }', 'volumes: { kept: {}, more: {} }', 'more is used by no service'],
  ['A_PORT:-8080', 'B_PORT:-8080', 'B_PORT is not in deploy/.env.example'],
  ['A_PORT:-8080', 'A_PORT', '${A_PORT} may be empty: give a default or require it'],
  ['  read_only: true\n', '', 'a: may write to its image'],
  ['cap_drop: [ALL]', 'cap_drop: [NET_RAW]', 'a: keeps capabilities'],
  ["['no-new-privileges:true']", '[]', 'a: may gain privileges'],
  ['  mem_limit: 1g\n', '', 'a: may take all memory'],
  ['  restart: unless', '  restarts: unless', 'a: restarts is not a key that is used here'],
  ['services:', 'extra: {}\nservices:', 'extra is not a key that is used here'],
]

for (const [from, to, message] of COMPOSE_MISTAKES) {
  test(`finds in a compose file: ${message}, for ${JSON.stringify(to)}`, (t) => {
    const found = findingsAfter(t, 'deploy/compose.yaml', from, to)
    assert.ok(found.includes(message), JSON.stringify(found))
  })
}

test('finds services that wait for each other, and a file that is no YAML', (t) => {
  const wait = '    depends_on: { b: { condition: service_healthy } }\n    ports'
  const circle = findingsAfter(t, 'deploy/compose.yaml', '    ports', wait)
  assert.deepEqual(circle, ['a, b wait for each other'])
  const broken = findingsAfter(t, 'deploy/compose.yaml', 'services:', 'services: [')
  assert.equal(broken.length, 1)
})

test('finds a unit that runs what is not there, as root, or may write anywhere', (t) => {
  const file = 'deploy/systemd/a.service'
  assert.deepEqual(findingsAfter(t, file, 'node apps/a.ts', 'node apps/b.ts'), [
    'there is no apps/b.ts',
  ])
  assert.deepEqual(findingsAfter(t, file, 'DynamicUser=yes\n', ''), ['DynamicUser has to be ^yes$'])
  assert.deepEqual(findingsAfter(t, file, '=strict', '=full'), ['ProtectSystem has to be ^strict$'])
})

test('variables are filled in as an engine does', () => {
  const text = '${A:-1}:${B}:${C:?needed}:$${D}'
  assert.equal(fillIn(text, { B: '2', C: '3' }), '1:2:3:${D}')
  assert.throws(() => fillIn(text, {}), /C is not set: needed/)
})

test('a command is read as the list it is, over continued lines and comments', () => {
  const instructions = splitInstructions(DOCKERFILE)
  assert.deepEqual(defaultCommand(instructions), ['node', 'apps/a.ts'])
  assert.deepEqual(instructions[3], {
    line: 4,
    name: 'RUN',
    text: 'npm ci && node apps/web/build.ts',
  })
})

test('systemd finds nothing in our units, and little that they could do', (t) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) {
    console.log('SKIPPED systemd on our units: no systemd-analyze here')
    return
  }
  const root = join(import.meta.dirname, '../..')
  const folder = plantTree(t, {})
  const units = globSync('deploy/systemd/*.service', { cwd: root })
  assert.equal(units.length, 2)
  for (const unit of units) {
    // It looks for the program, which is here instead of in the clone.
    const text = readFileSync(join(root, unit), 'utf8')
    const here = join(folder, basename(unit))
    writeFileSync(here, text.replaceAll(`${CLONE}/node_modules/node/bin/node`, process.execPath))
    const verified = spawnSync('systemd-analyze', ['verify', here], { encoding: 'utf8' })
    assert.equal(verified.stderr.replaceAll(/^.*man page.*$/gm, '').trim(), '')
    assert.equal(verified.status, 0)
    const exposed = ['security', '--offline=true', '--threshold=20', here]
    assert.equal(spawnSync('systemd-analyze', exposed).status, 0, unit)
  }
})
