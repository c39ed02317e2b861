import ArgumentParser
import Commands

@main
struct Main {
    static func main() async {
        CrashSecrecy.enforce()
        await RootCommand.start()
    }
}
