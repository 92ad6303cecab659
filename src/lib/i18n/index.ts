export { formatDate, formatDuration, formatTime, relativeTime } from './time.ts';
export { errorText, kindText, roleText, roomName } from './words.ts';
