import cluster from 'node:cluster';

/** Whether this process is one of several that answer callers, which another one has started (`WorkerSide`). */
export const isWorker = (): boolean => cluster.isWorker;
