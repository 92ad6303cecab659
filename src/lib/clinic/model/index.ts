export * from './workflow.ts';
export { WORKFLOWS } from './workflows/index.ts';
export * from './people/index.ts';
