export { StreamHttp } from './http.ts';
export { Streams } from './streams.ts';
