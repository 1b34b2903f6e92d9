package org.testcontainers.containers.wait.strategy;

public class HttpWaitStrategy {
    private final String path;
    private int port;

    HttpWaitStrategy(String path) {
        this.path = path;
    }

    public HttpWaitStrategy forPort(int port) {
        this.port = port;
        return this;
    }

    @Override
    public String toString() {
        return path + " " + port;
    }
}
