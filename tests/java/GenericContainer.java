package org.testcontainers.containers;

import java.net.URI;
import org.testcontainers.containers.wait.strategy.HttpWaitStrategy;

/** What docs/other-languages.md uses of Testcontainers; the "container" is the server at EMULATOR_URL. */
public class GenericContainer<SELF extends GenericContainer<SELF>> {
    private static final URI SERVER = URI.create(System.getenv("EMULATOR_URL"));
    private final String image;
    private Integer port;
    private String environment;
    private HttpWaitStrategy strategy;

    public GenericContainer(String image) {
        this.image = image;
    }

    public SELF withExposedPorts(Integer... ports) {
        port = ports[0];
        return self();
    }

    public SELF withEnv(String name, String value) {
        environment = name + "=" + value;
        return self();
    }

    public SELF waitingFor(HttpWaitStrategy strategy) {
        this.strategy = strategy;
        return self();
    }

    public void start() {
        System.out.println("started " + image + " ['" + environment + "'] " + port + " " + strategy);
    }

    public String getHost() {
        return SERVER.getHost();
    }

    public Integer getMappedPort(int exposed) {
        if (exposed != port) throw new IllegalArgumentException("not exposed: " + exposed);
        return SERVER.getPort();
    }

    @SuppressWarnings("unchecked")
    private SELF self() {
        return (SELF) this;
    }
}
