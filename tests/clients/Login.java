// Logs in with PostgreSQL's JDBC driver, as DBeaver, DataGrip, Metabase and Tableau do, and
// prints the answer. Arguments: the JDBC URL, the user and a query; the password is on standard input.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.Properties;

public class Login {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("user", arguments[1]);
        properties.setProperty(
                "password", new BufferedReader(new InputStreamReader(System.in)).readLine());
        try (Connection connection = DriverManager.getConnection(arguments[0], properties);
                ResultSet row = connection.createStatement().executeQuery(arguments[2])) {
            row.next();
            System.out.println(row.getString(1));
        }
    }
}
