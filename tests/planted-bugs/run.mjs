// Plants each bug of bugs.json into a copy of the product and runs the tests that are said to catch it.
//   node tests/planted-bugs/run.mjs [NAME...]      all, or those named; writes README.md after a run of all
// Exit 1 when a bug is caught by none.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const repository = join(here, '..', '..');
const bugs = JSON.parse(readFileSync(join(here, 'bugs.json'), 'utf8'));
const wanted = process.argv.slice(2);
const chosen = wanted.length ? bugs.filter(bug => wanted.includes(bug.name)) : bugs;

const copy = mkdtempSync(join(tmpdir(), 'siit-planted-'));
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: repository, encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n').filter(Boolean);
for (const file of files) cpSync(join(repository, file), join(copy, file), { recursive: true });

const product = join(copy, 'src/Siit.Iam.Agent');
const bin = join(copy, 'tests/Siit.Iam.Agent.Tests/bin/Debug/net10.0');
const build = project => spawnSync('dotnet', ['build', project, '-v', 'q', '-p:RunAnalyzers=false', '-p:TreatWarningsAsErrors=false'], { cwd: copy, encoding: 'utf8' });
const first = build(join(copy, 'tests/Siit.Iam.Agent.Tests'));
if (first.status !== 0) throw new Error(`The product does not build:\n${first.stdout}`);

function runTests(name, tests) {
  const filters = tests.flatMap(test => ['--filter-class', `*${test}`]);
  const run = spawnSync(join(bin, 'Siit.Iam.Agent.Tests'), [...filters, '--stop-on-fail', 'on', '--progress', 'off'], { cwd: copy, encoding: 'utf8', maxBuffer: 1 << 28, timeout: 900_000, killSignal: 'SIGKILL' });
  // Slow is not caught.
  if (run.signal) console.log(`hung    ${name}`);
  return [...run.stdout.matchAll(/^failed ([\w.]+)/gm)].map(match => match[1].split('.').slice(-2).join('.'));
}

const results = [];
for (const bug of chosen) {
  const path = join(product, bug.file);
  const whole = readFileSync(path, 'utf8');
  if (whole.split(bug.find).length !== 2) throw new Error(`${bug.name}: its text stands ${whole.split(bug.find).length - 1} times in ${bug.file}.`);
  writeFileSync(path, whole.replace(bug.find, () => bug.replace));
  let failed = [];
  try {
    const built = build(product);
    if (built.status !== 0) throw new Error(`${bug.name} does not compile:\n${built.stdout}`);
    cpSync(join(product, 'bin/Debug/net10.0/siit-iam.dll'), join(bin, 'siit-iam.dll'));
    // Where it is thought to be caught first: most of the time nothing else has to run.
    for (const tests of [bug.first ?? [], bug.tests]) {
      if (tests.length && !failed.length) failed = runTests(bug.name, tests);
    }
  } finally {
    writeFileSync(path, whole);
  }

  results.push({ ...bug, failed: [...new Set(failed)] });
  console.log(`${failed.length ? 'caught' : 'MISSED'}  ${bug.name}  ${[...new Set(failed)].slice(0, 3).join(', ')}`);
}

rmSync(copy, { recursive: true, force: true });
const missed = results.filter(result => result.failed.length === 0);
if (!wanted.length) {
  writeFileSync(join(here, 'README.md'), [
    '# Planted bugs', '',
    'Each of these was planted in the product, one at a time; the tests named beside it failed. `node tests/planted-bugs/run.mjs` does it again and writes this table.', '',
    '| bug | in | caught by |', '|---|---|---|',
    ...results.map(result => `| ${result.what} | \`${result.file}\` | ${result.failed.slice(0, 3).map(test => `\`${test}\``).join(', ') || '**nothing**'} |`), '',
  ].join('\n'));
}

console.log(`${results.length - missed.length} of ${results.length} caught`);
process.exit(missed.length ? 1 : 0);
