// A room is cameras, sockets and canvases: there is nothing of it that a server could draw.
export const ssr = false;
