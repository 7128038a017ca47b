// Plants each bug of bugs.json into a copy of the product and runs the tests that are said to catch it.
//   node tests/planted-bugs/run.mjs [NAME...] [--share K/N] [--to FILE]   all, those named, or every Nth; a line for each into FILE
//   node tests/planted-bugs/run.mjs --table FILE...                       writes README.md from such lines; what has none is named below the table
// A run of all writes README.md itself.
// Exit 1 when a bug is caught by none.
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const repository = join(here, '..', '..');
const bugs = JSON.parse(readFileSync(join(here, 'bugs.json'), 'utf8'));
const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { share: { type: 'string' }, to: { type: 'string' }, table: { type: 'boolean' } } });
if (options.table) {
  const lines = new Map(positionals.flatMap(file => readFileSync(file, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line))).map(line => [line.name, line.failed]));
  writeTable(bugs.filter(bug => lines.has(bug.name)).map(bug => ({ ...bug, failed: lines.get(bug.name) })), bugs.filter(bug => !lines.has(bug.name)));
  process.exit(0);
}

const [share, shares] = (options.share ?? '1/1').split('/').map(Number);
const chosen = (positionals.length ? bugs.filter(bug => positionals.includes(bug.name)) : bugs).filter((_, n) => n % shares === share - 1);

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
  if (options.to) appendFileSync(options.to, JSON.stringify({ name: bug.name, failed: results.at(-1).failed }) + '\n');
  console.log(`${failed.length ? 'caught' : 'MISSED'}  ${bug.name}  ${[...new Set(failed)].slice(0, 3).join(', ')}`);
}

rmSync(copy, { recursive: true, force: true });
const missed = results.filter(result => result.failed.length === 0);
if (chosen.length === bugs.length) writeTable(results);
console.log(`${results.length - missed.length} of ${results.length} caught`);
process.exit(missed.length ? 1 : 0);

function writeTable(of, open = []) {
  writeFileSync(join(here, 'README.md'), [
    '# Planted bugs', '',
    'Each of these was planted in the product, one at a time; the tests named beside it failed. `node tests/planted-bugs/run.mjs` does it again and writes this table.', '',
    '| bug | in | caught by |', '|---|---|---|',
    ...of.map(result => `| ${result.what} | \`${result.file}\` | ${result.failed.slice(0, 3).map(test => `\`${test}\``).join(', ') || '**nothing**'} |`), '',
    ...open.length ? [`Not planted since the last change of this table: ${open.map(bug => `\`${bug.name}\``).join(', ')}.`, ''] : [],
  ].join('\n'));
}
