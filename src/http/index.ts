/** HTTP/1.1 on bytes and sockets, read strictly: what two readers could take for two things is refused. */
export { AnswerReader, type AnswerSink } from "./answer-reader.ts";
export { type ArrivalReader, Arrivals } from "./arrivals.ts";
export { type UnreadableRequest } from "./connection.ts";
export { encodeFields } from "./encode-fields.ts";
export { type BodySink, type HttpRequest } from "./http-request.ts";
export { type HttpResponse } from "./http-response.ts";
export { Listener, type TlsIdentity } from "./listener.ts";
export { fieldIn } from "./read-fields.ts";
