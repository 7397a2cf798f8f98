// Says what a worker says, and serves nobody.
process.send({ kind: 'hello' });
process.send({ kind: 'listening', url: 'http://worker.test' });
setInterval(() => process.send({ kind: 'lines', text: '' }), 10);
process.on('message', ({ kind }) => kind === 'stop' && process.exit(0));
process.on('disconnect', () => process.exit(0));
