// The cases of run.ts with java.net.http.HttpClient, which offers h2c first, or with HttpURLConnection.
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.zip.GZIPInputStream;

public class Client {
  record Answer(int status, String etag, String text) {}

  static final String BASE = System.getenv("CMU");
  static final HttpClient CLIENT = HttpClient.newHttpClient();
  static boolean modern;

  static Answer get(String method, String path, String name, String value) throws Exception {
    return modern ? withHttpClient(method, path, name, value) : withConnection(method, path, name, value);
  }

  static Answer withHttpClient(String method, String path, String name, String value) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(BASE + path))
        .method(method, HttpRequest.BodyPublishers.noBody());
    if (name != null) request.header(name, value);
    HttpResponse<InputStream> answer = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    String coding = answer.headers().firstValue("content-encoding").orElse("");
    return new Answer(answer.statusCode(), answer.headers().firstValue("etag").orElse(""),
        text(answer.body(), coding));
  }

  static Answer withConnection(String method, String path, String name, String value) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) URI.create(BASE + path).toURL().openConnection();
    connection.setRequestMethod(method);
    // By itself it prefers HTML.
    connection.setRequestProperty("Accept", "application/json");
    if (name != null) connection.setRequestProperty(name, value);
    int status = connection.getResponseCode();
    InputStream body = status >= 400 ? connection.getErrorStream() : connection.getInputStream();
    String coding = connection.getContentEncoding();
    return new Answer(status, connection.getHeaderField("ETag"), text(body, coding == null ? "" : coding));
  }

  static String text(InputStream body, String coding) throws Exception {
    byte[] bytes = body == null ? new byte[0] : body.readAllBytes();
    if (!coding.equals("gzip") || bytes.length == 0) return new String(bytes, "UTF-8");
    return new String(new GZIPInputStream(new java.io.ByteArrayInputStream(bytes)).readAllBytes(), "UTF-8");
  }

  static int rows(String text) {
    String array = text.substring(text.indexOf("\"report\""));
    return array.split("\\{", -1).length - 1;
  }

  public static void main(String[] arguments) throws Exception {
    modern = arguments[0].equals("HttpClient");
    String json = System.getenv("JSON");
    Answer first = get("GET", json, null, null);
    System.out.println("json " + first.status + " " + rows(first.text));
    Answer csv = get("GET", System.getenv("CSV"), null, null);
    System.out.println("csv " + csv.status + " " + csv.text.strip().split("\n").length);
    Answer packed = get("GET", json, "Accept-Encoding", "gzip");
    System.out.println("gzip " + packed.status + " " + rows(packed.text));
    System.out.println("conditional " + get("GET", json, "If-None-Match", first.etag).status);
    System.out.println("head " + get("HEAD", json, null, null).status);
    System.out.println("missing " + get("GET", System.getenv("MISSING"), null, null).status);
    int before = get("GET", json, null, null).status;
    Thread.sleep((long) (1000 * Double.parseDouble(System.getenv("WAIT"))));
    System.out.println("reuse " + before + " " + get("GET", json, null, null).status);
    System.exit(0);
  }
}
