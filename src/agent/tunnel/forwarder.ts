import { createServer } from "node:net";
import { Duplex, pipeline } from "node:stream";
import { Tunnel } from "./tunnel.ts";

// Runs in an agent's container: `node forwarder.ts PORT`. Connections to the port go over its standard streams. It ends
// when these do.

const transport = Duplex.from({ readable: process.stdin, writable: process.stdout });
const tunnel = new Tunnel(transport, { onEnd: () => process.exit(0) });
const server = createServer({ allowHalfOpen: true }, (connection) => {
  const stream = tunnel.open();
  if (stream === null) {
    connection.destroy();
    return;
  }
  // Errors end the connection, which is all that there is to do.
  pipeline(connection, stream, () => {});
  pipeline(stream, connection, () => {});
});
server.listen({ host: "127.0.0.1", port: Number(process.argv[2]) }, () => tunnel.announce());
