// Says what a worker says, and serves nobody.
process.send({ kind: 'listening', url: 'http://worker.test' });
setInterval(() => process.send({ kind: 'lines', text: '' }), 10);
process.on('message', ({ kind, ask, path }) => {
  if (kind === 'stop') process.exit(0);
  // What it is asked to forget it has twice, or falls silent over.
  if (kind === 'purge' && path === '/twice') process.send({ kind: 'done', ask, result: 2 });
  if (kind === 'purge' && path === '/twice') process.send({ kind: 'done', ask, result: 2 });
});
process.on('disconnect', () => process.exit(0));
