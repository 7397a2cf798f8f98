#!/usr/bin/env node
/*
 * What `npx cmu-proxy` starts. It runs on every Node.js that knows `import()`, and says which ones the program runs on,
 * where that program would end with a syntax error.
 */
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const here = process.versions.node;

if (satisfies(here, manifest.engines.node)) {
  await import('../dist/main.js');
} else {
  process.stderr.write(
    `cmu-proxy needs Node.js ${manifest.engines.node}; this is ${here}. npm can bring one along:\n` +
      '  npx --yes --package=node@24 --package=cmu-proxy cmu-proxy demo\n',
  );
  process.exitCode = 2;
}

/** Whether a version is in a range of the two forms that ours has, `^1.2.3` and `>=1.2.3`, joined by `||`. */
function satisfies(version, range) {
  return range.split('||').some((part) => {
    const [, operator, least] = /^\s*(\^|>=)([\d.]+)\s*$/.exec(part) ?? [];
    const has = numbers(version);
    const wants = numbers(least);
    const place = has.findIndex((number, index) => number !== wants[index]);
    return (place < 0 || has[place] > wants[place]) && (operator === '>=' || has[0] === wants[0]);
  });
}

function numbers(version) {
  return version.split(/[.-]/, 3).map(Number);
}
