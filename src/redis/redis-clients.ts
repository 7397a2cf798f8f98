/**
 * The clients of ioredis, in a file of their own to be imported on demand. ioredis is CommonJS: a bundler gives
 * `import()` of it no names, and an `import` statement all of them.
 */
export { Cluster, Redis } from 'ioredis';
